FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json tsconfig.client.json ./
COPY scripts/build.ts ./scripts/
COPY src ./src
RUN npm run build

FROM node:26-slim

ENV NODE_ENV=production \
    REELWATCH_DATA_DIR=/data \
    REELWATCH_HOST=0.0.0.0 \
    REELWATCH_PORT=8780 \
    REELWATCH_CONFIG=/config/reelwatch.yaml

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY --from=build /app/dist ./dist
COPY config ./config

RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 8780

# Asks whether reelwatch itself lives; a provider that is down does not make the container unhealthy.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.REELWATCH_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# Needs a configuration mounted at /config; `node dist/main.js demo` needs none.
CMD ["node", "dist/main.js", "run"]
