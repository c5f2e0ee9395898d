# The bridge alone: no compiler, no script to start it, nothing to write to but its state.
# `scripts/test-image` runs these steps without a container engine.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends make pkg-config libxml2-dev libxmlsec1-dev libssl-dev libxslt1-dev libclang-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# .dockerignore lets in what the build reads, and nothing else.
COPY . .
# With the list of its crates in the binary, for `cargo audit bin` and image scanners.
RUN cargo install --locked cargo-auditable@0.7.7 && cargo auditable build --release --locked

FROM debian:12-slim
# Certificates to call partners with, then exactly the libraries that the binary names.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 libxml2 libxmlsec1 libxmlsec1-openssl \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/flexbridge \
    && install -d -m 0755 /etc/flexbridge
COPY --from=build /build/target/release/flexbridge /usr/local/bin/flexbridge
USER 10001:10001
WORKDIR /etc/flexbridge
VOLUME /var/lib/flexbridge
EXPOSE 8443
# The configuration says where the process listens; this asks it, within the container.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/local/bin/flexbridge", "health"]
ENTRYPOINT ["/usr/local/bin/flexbridge"]
CMD ["serve"]
