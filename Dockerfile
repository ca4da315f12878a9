# The image of the server: the executable and the libraries it needs, nothing else. Any builder can build all of it
# (`docker buildx build --platform linux/amd64,linux/arm64 .`); `make image` does the first stage's work on this machine.
ARG BUILDER=docker.io/library/node:26-trixie-slim

# Runs on the builder's own platform: what is for another is put together, never run.
FROM --platform=$BUILDPLATFORM ${BUILDER} AS build
ARG TARGETARCH
RUN apt-get update && apt-get install --yes --no-install-recommends binutils make
WORKDIR /src
COPY . .
RUN make build/linux-${TARGETARCH}/image && mv build/linux-${TARGETARCH}/image /image

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ociregistry" \
      org.opencontainers.image.description="A pull-only, pull-through, caching OCI distribution server for clusters that must keep running when the network does not" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/root/ /
COPY --from=build --chown=65532:65532 /image/state/ /var/lib/
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
VOLUME /var/lib/ociregistry
EXPOSE 8080
ENTRYPOINT ["/bin/server"]
