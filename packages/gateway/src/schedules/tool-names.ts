/**
 * The names of the tools with which the agent schedules.
 */

export const scheduleToolNames = ['remind', 'schedule', 'list_schedules', 'cancel_schedule'] as const
