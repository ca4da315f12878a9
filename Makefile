# Everything one does with this project; `make` lists it. A clone needs some Node with npm: it brings its own runtime.

IMAGE_PATH ?= /tmp/ociregistry
PORT ?= 8080
FLAGS ?=
IMAGE ?= localhost/ociregistry
ARCHS ?= amd64 arm64
ROW ?=
PEERS ?=
HOURS ?= 0.5

system_path := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export HOURS
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# npm writes this file last, so it is as new as what is installed.
installed := node_modules/.package-lock.json
sources := $(shell find src api -name '*.ts' ! -name '*.test.ts' 2>/dev/null)
# As images name processors.
arch := $(patsubst aarch64,arm64,$(patsubst x86_64,amd64,$(shell uname -m)))
checks := generated contract types lint format layers dead

.PHONY: help
help: ## List what can be made.
	@awk -F ':.*## ' '/^[a-z0-9_-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  make run takes IMAGE_PATH=$(IMAGE_PATH) PORT=$(PORT) FLAGS='--log-level info'"
	@echo "  make bench takes ROW='manifest cold' PEERS=distribution ARGS=--tiny"
	@echo "  make image and image-tar take IMAGE=$(IMAGE) ARCHS='$(ARCHS)'"

.PHONY: install
install: $(installed) ## Install the dependencies that package-lock.json names, and Node itself.

# With the PATH of the machine, because npm takes the runtime in node_modules away while it works.
$(installed): package-lock.json
	@echo 'installing the dependencies'
	@PATH='$(system_path)' npm ci --no-audit --no-fund --prefer-offline --no-update-notifier --loglevel=error
	@touch $@

.PHONY: run
run: bin/server ## Build the server and serve on PORT from IMAGE_PATH.
	bin/server --image-path '$(IMAGE_PATH)' --port '$(PORT)' $(FLAGS)

.PHONY: desktop
desktop: bin/server ## Build bin/server, one executable that needs nothing installed.

bin/server: $(installed) $(sources) bin/build.ts
	@node bin/build.ts

.PHONY: generate
generate: $(installed) ## Write the types and route tables of api/ from ociregistry.yaml, and the references in docs/.
	node api/generate.ts
	node bin/reference.ts

.PHONY: check $(checks:%=check-%)
check: $(checks:%=check-%) ## Check the contract, types, lint, format, layers and dead code.
	@echo 'all checks passed'

check-generated: $(installed)
	@echo 'check: api/ is generated from ociregistry.yaml, the references in docs/ from what they are about'
	@node api/generate.ts --check
	@node bin/reference.ts --check

check-contract: $(installed)
	@echo 'check: the contract is sound (redocly)'
	@redocly lint ociregistry.yaml

check-types: $(installed)
	@echo 'check: types (tsc)'
	@tsc -p .

check-lint: $(installed)
	@echo 'check: lint, and no file over 400 lines (eslint)'
	@eslint .

check-format: $(installed)
	@echo 'check: format (prettier); `make format` mends it'
	@prettier --check --log-level warn .

check-layers: $(installed)
	@echo 'check: layers (dependency-cruiser); .dependency-cruiser.js has the reason of each rule'
	@depcruise --config .dependency-cruiser.js --output-type err-long src api mock bin test bench

check-dead: $(installed)
	@echo 'check: dead files, exports and dependencies (knip)'
	@knip

.PHONY: format
format: $(installed) ## Format every file.
	prettier --write --log-level warn .

.PHONY: test
test: $(installed) ## Run the tests beside the sources; ARGS='src/oci' chooses.
	vitest run $(ARGS)

.PHONY: e2e
e2e: bin/server ## Pull with real clients through bin/server (Debian: see .ci/run for what they need).
	test/e2e/run.sh $(ARGS)

.PHONY: conformance
conformance: $(installed) ## Run the OCI specification's own suite, and write docs/conformance.md (needs Go, and git or CONFORMANCE_SRC).
	@node --disable-warning=ExperimentalWarning test/conformance/run.ts

.PHONY: faults
faults: bin/server ## Break disks, networks, clients and the server itself; SEEDS=20 plays it 20 times, SEED=7 with that seed.
	test/faults/run.sh $(ARGS)

.PHONY: soak
soak: bin/server ## Pull through faults for HOURS (half of one), and tell what memory and descriptors do.
	node --disable-warning=ExperimentalWarning test/faults/soak.ts

.PHONY: chart-check chart-readme
chart-check: $(installed) ## Check the Helm chart with helm, kubeconform and others, which Go builds from source.
	test/chart/check.sh

chart-readme: $(installed) ## The same, and write the chart's README from its values.
	test/chart/check.sh --write

.PHONY: bench profile
bench: bin/server ## Measure beside nginx and others (Debian), and write bench/RESULTS.md; or one ROW.
	PEERS='$(PEERS)' bench/run.sh $(ROW) $(ARGS)

profile: bin/server ## Show where the server's time goes in ROW.
	bench/run.sh --profile $(ROW) $(ARGS)

.PHONY: release
release: bin/server ## Write build/release: the executable, what is inside it (CycloneDX), and checksums.
	@node bin/release.ts

# Of this machine's processor there is an executable; for others, npm brings the runtime that the lock file names.
build/linux-$(arch)/server: bin/server
	@mkdir -p $(@D)
	@cp bin/server $@

.PRECIOUS: build/linux-%/server
build/linux-%/server: bin/server package-lock.json
	@mkdir -p $(@D)/runtime
	@cp package.json package-lock.json $(@D)/runtime
	@cd $(@D)/runtime && npm ci --os=linux --cpu=$(patsubst amd64,x64,$*) --omit=dev --ignore-scripts --no-audit --no-fund \
	  --prefer-offline --no-update-notifier --loglevel=error
	@node bin/build.ts $(@D)/runtime/node_modules/node-linux-$(patsubst amd64,x64,$*)/bin/node $@

build/linux-%/image: build/linux-%/server bin/image-root.ts bin/debian-packages.ts
	@node bin/image-root.ts $* $< $@
	@touch $@

.PHONY: image
image: $(ARCHS:%=build/linux-%/image) ## Build the container image IMAGE for ARCHS with buildah, on Debian.
	@bin/image.sh $(IMAGE) $(ARCHS)

.PHONY: image-tar
image-tar: image ## Write the image to build/release too, a file for each of ARCHS, to be loaded on nodes.
	@bin/image-tar.sh $(IMAGE) $(ARCHS)

.PHONY: clean
clean: ## Remove what was built.
	rm -rf bin/server bin/server.tmp build coverage
