# Everything a developer or CI runs. On a fresh Debian or Ubuntu machine Go and make are enough: the tests install
# PostgreSQL and Chromium themselves when they run as root, and otherwise say which package is missing.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO    ?= go
GOFMT  = "$$($(GO) env GOROOT)/bin/gofmt"
# By version and not by go.mod: the tool's own dependencies must never raise ours.
TEMPL  = $(GO) run github.com/a-h/templ/cmd/templ@v0.3.977

# One static binary that runs anywhere; also what every test is built like.
export CGO_ENABLED := 0

# Two packages at a time: the budgets are for two cores, and each package may have a browser and a database of its own.
TESTFLAGS ?= -p 2 -timeout 20m -vet=off
PKG       ?= ./...

.PHONY: help test check format-check vet generate-check generate format demo build bench caseload

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: format-check vet generate-check ## all tests: rules, both databases, import floors, texts, journeys in Chromium (PKG=./one/... for less)
	$(GO) run ./internal/testkit/pgrun $(GO) test $(TESTFLAGS) $(PKG)

check: format-check vet ## the quick part, before each commit: format, vet, import floors, texts
	$(GO) test -vet=off ./internal/archtest/... ./locales/... ./migrations/...

build: ## the program, as bin/nostos
	$(GO) build -trimpath -o bin/nostos ./cmd/nostos

demo: ## Nostos with an invented caseload (ARGS="--cases 500 --addr localhost:9000")
	$(GO) run ./cmd/nostos demo $(ARGS)

bench: ## response times, memory and start-up on 100,000 cases, against the budgets
	$(GO) run ./internal/testkit/bench $(ARGS)

CASELOAD ?= $(CURDIR)/bin/caseload
caseload: build ## the calibrated caseload of Greece in bin/caseload, and its figures beside the published ones (takes minutes)
	rm -rf "$(CASELOAD)"
	time bin/nostos demo --data "$(CASELOAD)" --caseload greece --no-serve
	@echo "Published: 4,573 talks, 2,486 eligible, 10,242 returned, 2,458 plans, 623 paid"
	bin/nostos report run press --data "$(CASELOAD)" --from 2016-06-01 --as-of 2018-03-31
	@echo "Published: 5,731 returned, 616 of them in the reporting period; Pakistan 28 %, Georgia 22 %, Iraq 19 %, Iran 5 %, others 26 %"
	bin/nostos report run press --data "$(CASELOAD)" --from 2019-09-01 --as-of 2021-10-31
	bin/nostos audit verify --data "$(CASELOAD)"

generate: ## Go code from the page templates (*.templ); commit the result
	$(TEMPL) generate

format: ## gofmt and templ fmt, in place
	@files=$$(find . -name '*.go' -not -name '*_templ.go'); $(GOFMT) -w $$files
	$(TEMPL) fmt .

format-check:
	@bad=$$(find . -name '*.go' -not -name '*_templ.go' -print0 | xargs -0 $(GOFMT) -l); \
	if [ -n "$$bad" ]; then echo "not formatted (make format):"; echo "$$bad"; exit 1; fi

vet:
	$(GO) vet ./...

# The generated code is committed so that "go run ./cmd/nostos" needs no tool. Someone may forget to generate it again.
# Compared by content and not by git, so that it also works with uncommitted changes.
generate-check:
	@sums() { find . -name '*_templ.go' -print0 | sort -z | xargs -0r cksum; }; \
	before=$$(sums); $(TEMPL) generate >/dev/null 2>&1 || { $(TEMPL) generate; exit 1; }; after=$$(sums); \
	if [ "$$before" != "$$after" ]; then \
		echo "the committed page code is not what the templates say (it is now; commit it):"; \
		diff <(echo "$$before") <(echo "$$after") | sed -n 's/^> [0-9]* [0-9]* //p'; exit 1; fi
