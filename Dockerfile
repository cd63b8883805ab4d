# Builds Waybill and leaves an image that holds the binary and the libraries it needs, nothing else.
#
#   docker build -t waybill .
#   docker run --read-only -p 8080:8080 -v "$PWD:/workspace:ro" -v waybill-audit:/workspace/audit \
#       -e WAYBILL_ERP_KEY=… waybill serve --environment production
#
# `scripts/docker-replay` runs these steps without Docker.

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git libsqlite3-dev libxml2-dev libyaml-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources ./Sources
COPY Tests ./Tests
COPY docs ./docs
RUN swift build -c release --product waybill --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked \
    && install -D "$(swift build -c release --static-swift-stdlib --show-bin-path)/waybill" /out/waybill \
    && strip --strip-unneeded /out/waybill

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libsqlite3-0 libstdc++6 libxml2 libyaml-0-2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin waybill \
    && mkdir -p /workspace/audit \
    && chown -R waybill /workspace
COPY --from=build /out/waybill /usr/local/bin/waybill
COPY --from=build /src/docs/diagnostics /usr/local/share/waybill/diagnostics
USER waybill
WORKDIR /workspace
VOLUME /workspace
EXPOSE 8080 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/usr/local/bin/waybill", "health"]
ENTRYPOINT ["/usr/local/bin/waybill"]
CMD ["serve", "--workspace", "/workspace"]
