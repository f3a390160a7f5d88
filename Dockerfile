# One image for every process; the command decides which one it is.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY tools tools
# scripts of packages only serve the embedded parts of the quick start, which are not in the image
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY apps apps
COPY libs libs
COPY migrations migrations
RUN node tools/build.mjs

FROM node:24-bookworm-slim AS packages
WORKDIR /src
COPY package.json package-lock.json ./
COPY tools tools
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/sallyport
# volumes take their owner from these folders
RUN groupadd --gid 10001 sallyport \
  && useradd --uid 10001 --gid sallyport --home-dir /var/lib/sallyport --shell /usr/sbin/nologin sallyport \
  && mkdir -p /var/lib/sallyport/journal /var/lib/sallyport/keys \
  && chmod 0700 /var/lib/sallyport/journal /var/lib/sallyport/keys \
  && chown -R sallyport:sallyport /var/lib/sallyport
COPY --from=packages /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY package.json ./
COPY deploy/docker/healthcheck.mjs healthcheck.mjs
USER 10001:10001
ENV SALLYPORT_CONFIG=/etc/sallyport/sallyport.yaml
EXPOSE 6432 6443 8080
CMD ["node", "dist/apps/postgres-gateway/src/main.js"]
