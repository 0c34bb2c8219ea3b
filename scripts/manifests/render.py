"""Helm's own engine: lints a chart and renders it, once for each set of values that it reads from stdin, as JSON."""

import json
import sys

import helm_python as helm

chart = helm.Chart.load(sys.argv[1])
results = []
for values in json.load(sys.stdin):
    # Unlike an error, a remark such as "icon is recommended" fails nothing.
    found = helm.lint(sys.argv[1], values, strict=True)["messages"]
    faults = [f"{each['path']}: {each['error']}" for each in found if each["severity"] > 1]
    manifests = {} if faults else chart.render(values, name="entra", namespace="ai")
    results.append({"faults": faults, "manifests": manifests})
json.dump(results, sys.stdout)
