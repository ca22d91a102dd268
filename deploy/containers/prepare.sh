#!/usr/bin/env bash
# Make sure that containers can run here: an engine that answers, `docker compose`, and the images that are not ours.
#
#   deploy/containers/prepare.sh        repeatable; in under a second where all is there
#
# Where an engine runs, it is used as it is, and images that are missing are pulled. Where no engine answers, or no image
# registry does, a folder of tools may stand in: it starts an engine and builds images of the same names from package
# registries (Debian, about 4 minutes the first time). It is looked for in $CAIRN_OFFLINE_IMAGES, and beside this repository.
set -euo pipefail

readonly COMPOSE_AT_LEAST=2.20 GO_AT_LEAST=1.24.9 PULL_WITHIN_S=600
# What docker-compose.yml and deploy/Dockerfile name, and the reaper that testcontainers starts (its own default).
readonly -A IMAGES=(
  [python]=python:3.12-slim
  [mongo]=mongo:8.0
  [kafka]=apache/kafka:4.3.0
  [caddy]=caddy:2
  [ryuk]=testcontainers/ryuk:0.8.1
)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=${CAIRN_OFFLINE_IMAGES:-$root/../shared/tools/offline-images}
copy=

say() { printf '%s\n' "containers: $*" >&2; }
die() { say "$*"; exit 1; }

at_least() { # at_least VERSION WANTED
  [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

engine_answers() { timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

compose_answers() {
  local version
  version=$(timeout 20 docker compose version --short 2>/dev/null) && at_least "${version#v}" "$COMPOSE_AT_LEAST"
}

image_is_here() { docker image inspect "$1" >/dev/null 2>&1; }

tools_are_here() { [[ -x $tools/docker-engine.sh && -x $tools/build.sh ]]; }

# The tools run from a copy that its owner may write: the images take over the files' permissions, and a broker whose
# configuration came from a read-only checkout cannot write its own.
copy_tools() {
  [[ -n $copy ]] && return
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  cp -R "$tools/." "$copy"
  chmod -R u+w "$copy"
}

need_root() {
  ((EUID == 0)) || die "$1, and installing it needs root: run this script as root once, or install it yourself"
}

install_packages() { # install_packages PACKAGE...: those that a command of its own does not show to be there
  (($#)) || return 0
  need_root "missing: $*"
  command -v apt-get >/dev/null || die "missing: $*; this is no Debian machine, so install them yourself"
  say "installing $*"
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 ||
    die "apt-get could not install $*"
}

install_what_building_needs() { # install_what_building_needs TARGET...
  local packages=() version
  command -v mmdebstrap >/dev/null || packages+=(mmdebstrap)
  command -v mvn >/dev/null || packages+=(maven)
  command -v npm >/dev/null || packages+=(npm)
  python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
  if [[ " $* " == *" compose "* ]] && ! command -v go >/dev/null; then packages+=(golang); fi
  install_packages "${packages[@]}"
  if [[ " $* " == *" compose "* ]]; then
    version=$(go env GOVERSION)
    at_least "${version#go}" "$GO_AT_LEAST" ||
      die "Go ${version#go} is too old to compile docker compose: install Go $GO_AT_LEAST or newer, or docker compose itself"
  fi
}

start_engine() {
  tools_are_here || die "no Docker engine answers: install and start Docker (https://docs.docker.com/engine/install), then run this again"
  need_root "no Docker engine answers"
  copy_tools
  "$copy/docker-engine.sh" start || die "the Docker engine does not start; the lines above say why"
}

pull() { # pull IMAGE: false where no registry answers
  say "pulling $1"
  timeout "$PULL_WITHIN_S" docker pull --quiet "$1" >/dev/null 2>&1
}

prepare() {
  local target targets=()
  engine_answers || start_engine
  if ! compose_answers; then
    tools_are_here || die "docker compose $COMPOSE_AT_LEAST or newer is missing: see https://docs.docker.com/compose/install"
    targets+=(compose)
  fi
  for target in "${!IMAGES[@]}"; do
    if image_is_here "${IMAGES[$target]}" || pull "${IMAGES[$target]}"; then continue; fi
    tools_are_here || die "${IMAGES[$target]} cannot be pulled: is there a way to the image registry?"
    targets+=("$target")
  done
  ((${#targets[@]})) || { say "ready"; return; }
  install_what_building_needs "${targets[@]}"
  copy_tools
  say "building stand-ins: ${targets[*]} (up to 4 minutes the first time)"
  "$copy/build.sh" "${targets[@]}" || die "the stand-ins could not be built; the lines above say why"
  compose_answers || die "docker compose still does not answer"
  say "ready"
}

prepare
