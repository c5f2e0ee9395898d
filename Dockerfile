# The bridge alone, in an image without a compiler or a shell script to start it.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends make pkg-config libxml2-dev libxmlsec1-dev libssl-dev libxslt1-dev libclang-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# .dockerignore lets in what the build reads, and nothing else.
COPY . .
RUN cargo build --release --locked

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libxmlsec1 libxmlsec1-openssl libxml2 libxslt1.1 libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/flexbridge
COPY --from=build /build/target/release/flexbridge /usr/local/bin/flexbridge
USER 10001:10001
WORKDIR /etc/flexbridge
VOLUME /var/lib/flexbridge
EXPOSE 8443
ENTRYPOINT ["/usr/local/bin/flexbridge"]
CMD ["serve", "--config", "/etc/flexbridge/flexbridge.toml"]
