# Everything a person needs to try or to change Flexbridge.
# `make demo` and `make test` install what is missing first.

export PATH := $(PATH):$(HOME)/.cargo/bin

.DEFAULT_GOAL := help
.PHONY: help demo test attack chaos soak peers lint fmt docs reference pictures package bench bench-peers

help:
	@echo "make demo   a whole Flex company on this machine; ARGS=--once logs one agent in and ends"
	@echo "make test   every test, real identity and service providers included; ARGS=name for some"
	@echo "make attack every known attack against a running bridge, and a table of what became of them"
	@echo "make chaos  everything that can break around a bridge breaks, and a table of what became of it"
	@echo "make soak   a million logins with reloads and refreshes on the way; ARGS=20000 for fewer"
	@echo "make lint   formatting and clippy, as CI checks them"
	@echo "make fmt    format the code"
	@echo "make docs   the API documentation, in target/doc"
	@echo "make bench  what a login costs, on this machine; make bench-peers beside other bridges"
	@echo "make reference  write anew what docs/ and config/ say of settings, commands, metrics and refusals"
	@echo "make pictures   take the pictures in docs/images anew, in a real browser"
	@echo "make package    the Debian package, in target/debian"
	@echo "make peers  install the programs that the tests talk to"

# The development profile: it builds in half the time, and its dependencies,
# the cryptography among them, are optimised in it anyway.
demo:
	@scripts/install
	cargo run --locked -- demo $(ARGS)

test:
	@scripts/install
	@scripts/peers
	@scripts/test $(ARGS)

attack:
	@scripts/install
	@scripts/peers
	@scripts/attack

chaos:
	@scripts/install
	@scripts/peers
	@scripts/chaos

soak:
	@scripts/install
	@scripts/soak $(ARGS)

peers:
	@scripts/peers

lint:
	@scripts/install
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

fmt:
	cargo fmt

docs:
	@scripts/install
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

# Whole logins at full speed, and what they cost; the table and plot go to target/.
bench:
	@scripts/install
	@scripts/bench --of flexbridge $(ARGS)

# The same beside SimpleSAMLphp and SATOSA as bridges, in one run.
bench-peers:
	@scripts/install
	@scripts/peers
	@scripts/bench --of flexbridge,simplesamlphp,satosa $(ARGS)

reference:
	FLEXBRIDGE_WRITE_DOCS=1 cargo test --locked --quiet --test it -- reference refusals_document

pictures:
	@scripts/peers
	@. scripts/lib.sh && install_packages pngquant fonts-ipafont-gothic fonts-noto-color-emoji
	FLEXBRIDGE_WRITE_DOCS=1 FLEXBRIDGE_REQUIRE_PEERS=1 cargo test --locked --quiet --test it -- pictures::pictures_of
	cargo test --locked --quiet --test it -- pictures::

package:
	@scripts/install
	@scripts/package
