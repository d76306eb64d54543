# `make run` on a fresh machine sets everything up and serves; `make help` lists the rest.
.PHONY: help setup assets web build run test lint bench-peers

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## system packages, fetched models and libraries
	@scripts/setup

assets: ## fetch models and libraries, if they are not there
	@scripts/assets

web: ## build the web app
	@scripts/web

build: ## set up, then build the web app and the binary
	@scripts/build

run: ## build, then serve (ARGS="--config FILE" is passed on)
	@scripts/run $(ARGS)

test: ## set up, then run every check and test
	@scripts/test

lint: ## formatting, clippy and the web app's types
	@scripts/lint

bench-peers: ## measure our engines and their peers by turns, and write docs/PERFORMANCE.md's tables
	@scripts/bench-peers
