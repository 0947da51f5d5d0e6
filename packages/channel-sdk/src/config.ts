/**
 * How a channel tells its host what may stand under `channels.<id>`.
 * The two shapes are those of the Standard Schema and Standard JSON Schema specifications (standardschema.dev), so a
 * zod 4 schema is one unchanged and this package needs no validator.
 */

export interface SchemaIssue {
  readonly message: string
  /** From the value the schema was given. Hosts put `channels.<id>` before it. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

export type SchemaResult<Config> =
  | { readonly value: Config; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface ConfigSchema<Config> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Config> | Promise<SchemaResult<Config>>
    /** JSON Schema of what a user may write: for editors, the key reference and "did you mean". */
    readonly jsonSchema: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
  }
}

/** Something legal in a configuration that its author probably did not intend. */
export interface ConfigWarning {
  /** From the channel's own value. */
  readonly path: readonly (string | number)[]
  readonly message: string
}
