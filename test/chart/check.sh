#!/bin/sh
# `make chart-check`: everything about charts/ociregistry that takes programs from elsewhere. They are built from source, with
# Go, into build/chart/bin: helm, kubeconform, helm-docs, and the API server's own judgement of the restricted profile.
set -eu
cd "$(dirname "$0")/../.."
mode=${1:-}
chart=charts/ociregistry
out=$PWD/build/chart
kubernetes=1.34.0
gateway=sigs.k8s.io/gateway-api@v1.4.0
prometheus=github.com/prometheus-operator/prometheus-operator@v0.85.0
cert_manager=github.com/cert-manager/cert-manager@v1.21.2
PATH="$out/bin:$PWD/node_modules/.bin:$PATH"
export PATH
mkdir -p "$out/bin" "$out/rendered"

install_go() {
  test -x "$out/bin/$(basename "${1%@*}")" || GOBIN="$out/bin" go install "$1"
}
install_go helm.sh/helm/v3/cmd/helm@v3.22.0
install_go github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
install_go github.com/norwoodj/helm-docs/cmd/helm-docs@v1.14.2
(cd test/chart/restricted && go build -o "$out/bin/restricted" .)

# Where a module's source is; Kubernetes and the others publish their schemas in it.
source_of() {
  (cd "$out" && go mod download -json "$1") | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'
}
test -d "$out/schemas" || node test/chart/schemas.ts "$out/schemas" \
  "$(source_of "k8s.io/kubernetes@v$kubernetes")/api/openapi-spec/swagger.json" \
  "$(source_of "$gateway")/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml" \
  "$(source_of "$prometheus")/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml" \
  "$(source_of "$prometheus")/example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml" \
  "$(source_of "$cert_manager")/deploy/crds/cert-manager.io_certificates.yaml"

# What is shipped: without what .helmignore names, and with the alerts and the dashboard that are links to deploy/monitoring.
rm -f "$out"/*.tgz
helm package --destination "$out" "$chart" >/dev/null
package=$(echo "$out"/*.tgz)

for values in "$chart"/ci/*-values.yaml; do
  echo "== $values"
  rendered="$out/rendered/$(basename "$values")"
  helm lint --quiet --strict --kube-version "$kubernetes" --values "$values" "$package"
  helm template images "$package" --namespace images --kube-version "$kubernetes" --values "$values" >"$rendered"
  kubeconform -summary -schema-location "$out/schemas/{{ .ResourceKind }}{{ .KindSuffix }}.json" "$rendered"
  # What writes to nodes cannot pass, and neither can a directory of a node.
  set -- DaemonSet/images-ociregistry-mirror
  case $values in *one-node*) set -- "$@" Deployment/images-ociregistry ;; esac
  restricted "$@" <"$rendered"
done

made="$out/README.md"
helm-docs --log-level warning --dry-run --chart-search-root "$chart" --sort-values-order file >"$made"
if test "$mode" = --write; then
  cp "$made" "$chart/README.md"
elif ! cmp "$made" "$chart/README.md"; then
  echo "$chart/README.md is not up to date: make chart-readme writes it" >&2
  exit 1
fi
exec vitest run test/chart.test.ts test/chart-rendered.test.ts
