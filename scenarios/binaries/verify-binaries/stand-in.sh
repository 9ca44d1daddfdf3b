#!/bin/sh
# A stand-in for a program of Kubernetes: it tells its version and does nothing else.
case "${0##*/}" in
  kubectl) echo "Client Version: v1.35.4" ;;
  *) echo "Kubernetes v1.35.4" ;;
esac
exit 0
