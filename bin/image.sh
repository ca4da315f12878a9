#!/bin/sh
# Builds the container image from build/linux-*/image, with buildah and the last stage of the Dockerfile:
# `bin/image.sh NAME ARCH…`. NAME:VERSION is the list of NAME:VERSION-ARCH. The same commit gives the same image.
set -eu
cd "$(dirname "$0")/.."
name=$1
shift
version=$(node -p 'require("./package.json").version')
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
revision=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || revision="$revision-modified"

if buildah manifest exists "$name:$version" 2>/dev/null; then buildah manifest rm "$name:$version" >/dev/null; fi
buildah manifest create "$name:$version" >/dev/null
for arch in "$@"; do
  # In place of the stage `build`, what make has laid out.
  buildah build --quiet --platform "linux/$arch" --timestamp "$SOURCE_DATE_EPOCH" --identity-label=false \
    --build-context "build=build/linux-$arch" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
    --tag "$name:$version-$arch" . >/dev/null
  buildah manifest add "$name:$version" "containers-storage:$name:$version-$arch" >/dev/null
  echo "$name:$version-$arch"
done
echo "$name:$version"
