#!/bin/sh
# Writes the image that `make image` built to build/release, one archive for each processor: `bin/image-tar.sh NAME ARCH…`.
# Every archive calls it NAME:VERSION, so that a node of any processor has it under the same name.
set -eu
cd "$(dirname "$0")/.."
name=$1
shift
version=$(node -p 'require("./package.json").version')
mkdir -p build/release
for arch in "$@"; do
  file="build/release/ociregistry-$version-image-linux-$arch.tar"
  rm -f "$file"
  buildah push --quiet "$name:$version-$arch" "oci-archive:$file:$name:$version"
  echo "$file"
done
