# docker build --tag moltbot .
# What it is for and how to run it: docs/container.md

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci \
  && npm run build \
  && mkdir -p /packed /opt/moltbot \
  && npm pack --silent --workspaces --pack-destination /packed \
  && rm /packed/wechaty-puppet-contract-*.tgz \
  && npm install --prefix /opt/moltbot --omit=optional --ignore-scripts /packed/*.tgz \
  && find /opt/moltbot -type f \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' \) -delete

FROM node:24-bookworm-slim
# PID 1 is tini: it hands signals on, and collects the processes that a puppet's browser leaves behind.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates tini \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/moltbot /opt/moltbot
ENV PATH=/opt/moltbot/node_modules/.bin:$PATH
ENV NODE_ENV=production
ENV MOLTBOT_CONFIG_PATH=/data/config.json5
ENV MOLTBOT_STATE_DIR=/data/state
ENV XDG_CACHE_HOME=/data/cache
RUN mkdir --mode=700 /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
HEALTHCHECK --start-period=20s --interval=30s --timeout=10s CMD ["node", "-e", "fetch('http://127.0.0.1:18789/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["moltbot", "gateway", "run", "--port", "18789"]
