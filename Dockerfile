# One image, several roles: docops serve, worker, migrate, doctor. Built from this folder: docker build -t docops .
#
# The base is named by its full version. Who wants the same bytes for ever adds the digest that the registry shows for it
# (FROM node:24.17.0-bookworm-slim@sha256:…); it is not written here, because this file is made without a registry at hand.

# What is compiled is the same for every kind of processor, so this stage is not emulated.
FROM --platform=$BUILDPLATFORM node:24.17.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No package has to be built to compile; the sources are not here yet either.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY eval-runner ./eval-runner
COPY bench ./bench
COPY src ./src
RUN npm run build
# The authorities of RDS, whom no system knows: by them the App knows its database on AWS. AWS adds to the file at the same
# address, so no checksum is written here; what is no certificate ends the build.
ADD https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem rds.pem
RUN node -e "new (require('node:crypto').X509Certificate)(require('node:fs').readFileSync('rds.pem'))" && chmod 0444 rds.pem

FROM node:24.17.0-bookworm-slim AS packages
WORKDIR /packages
COPY package.json package-lock.json .npmrc ./
# What runs comes from the stage above; here are its packages alone, and the compiler is none of them.
RUN npm pkg delete scripts.prepare && npm ci --omit=dev --no-audit --no-fund

FROM node:24.17.0-bookworm-slim
# git reads repositories, bubblewrap runs code of outsiders, tini is process 1 and ends the zombies of extractors. Python is
# here because many extractors are written in it; other interpreters and OCR programs belong into an image on top of this
# one. Versions are Debian's, with its security updates.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates git python3 python3-pip python3-venv tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=packages /packages/node_modules ./node_modules
COPY --from=build /build/dist/src ./dist/src
COPY --from=build /build/dist/eval-runner ./dist/eval-runner
COPY package.json app.yml ./
COPY schema ./schema
COPY src/postgres/migrations ./src/postgres/migrations
COPY --from=build /build/rds.pem /etc/docops/rds.pem
# Data and scratch space are apart: extractors in the sandbox see nothing of the first, and work in the second.
RUN install -d -o node -g node -m 0700 /var/lib/docops /scratch \
  && ln -s /app/dist/src/main.js /usr/local/bin/docops && chmod +x /app/dist/src/main.js
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DOCOPS_DATA=/var/lib/docops TMPDIR=/scratch LOG_FORMAT=json
VOLUME ["/var/lib/docops", "/scratch"]
EXPOSE 3000
USER node
# SIGTERM finishes requests and hands evaluations back; it takes some ten seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "docops"]
CMD ["serve"]
