{{- define "proxy.name" -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "proxy.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "proxy.metadata" -}}
name: {{ include "proxy.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "proxy.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* The names by which pods reach the Service. */}}
{{- define "proxy.hosts" -}}
{{- $name := include "proxy.name" . }}
{{- $short := printf "%s.%s" $name .Release.Namespace }}
{{- concat (list $name $short (printf "%s.svc" $short) (printf "%s.svc.cluster.local" $short)) .Values.allowHosts | join "," }}
{{- end }}
