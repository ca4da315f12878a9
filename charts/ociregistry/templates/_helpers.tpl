{{/* Names and labels. */}}
{{- define "ociregistry.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* At most 50 characters, so that what is put behind it fits into the 63 of a label. */}}
{{- define "ociregistry.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "ociregistry.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "ociregistry.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "ociregistry.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "ociregistry.commonLabels" -}}
helm.sh/chart: {{ include "ociregistry.chart" . }}
app.kubernetes.io/name: {{ include "ociregistry.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "ociregistry.labels" -}}
{{ include "ociregistry.commonLabels" . }}
app.kubernetes.io/component: server
{{- end }}

{{- define "ociregistry.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ociregistry.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{- define "ociregistry.mirrorSelectorLabels" -}}
app.kubernetes.io/name: {{ include "ociregistry.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: node-mirror
{{- end }}

{{- define "ociregistry.serviceAccountName" -}}
{{- default (include "ociregistry.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{/* What the image is, and what is in it: its entry point is the program, this is where the program lies. */}}
{{- define "ociregistry.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end }}
{{- end }}
{{- define "ociregistry.program" -}}
/bin/server
{{- end }}

{{/* Where things are in the container. */}}
{{- define "ociregistry.imagePath" -}}/var/lib/ociregistry{{- end }}
{{- define "ociregistry.configPath" -}}/etc/ociregistry/config{{- end }}
{{- define "ociregistry.tlsPath" -}}/etc/ociregistry/tls{{- end }}
{{- define "ociregistry.htpasswdPath" -}}/etc/ociregistry/htpasswd{{- end }}
{{- define "ociregistry.admissionTlsPath" -}}/etc/ociregistry/admission-tls{{- end }}

{{/* Where the server answers whom. */}}
{{- define "ociregistry.port" -}}8080{{- end }}
{{- define "ociregistry.metricsPort" -}}9090{{- end }}
{{- define "ociregistry.healthPort" -}}9091{{- end }}
{{- define "ociregistry.admissionPort" -}}8443{{- end }}
{{- define "ociregistry.livePath" -}}/healthz{{- end }}
{{- define "ociregistry.readyPath" -}}/readyz{{- end }}
{{- define "ociregistry.admissionUrlPath" -}}/validate-image{{- end }}

{{/*
The settings that follow from other values: their names stand here alone.
No host is named for what clients ask: every address is what the server listens on by itself.
*/}}
{{- define "ociregistry.derivedSettings" -}}
image_path: {{ include "ociregistry.imagePath" . }}
port: {{ include "ociregistry.port" . }}
metrics_host: ""
metrics_port: {{ include "ociregistry.metricsPort" . }}
health_host: ""
health_port: {{ include "ociregistry.healthPort" . }}
{{- if .Values.tls.enabled }}
server_tls:
  cert: {{ include "ociregistry.tlsPath" . }}/tls.crt
  key: {{ include "ociregistry.tlsPath" . }}/tls.key
  {{- if eq .Values.tls.clientAuth "verify" }}
  ca: {{ include "ociregistry.tlsPath" . }}/ca.crt
  client_auth: verify
  {{- end }}
{{- end }}
{{- if .Values.clientAuth.htpasswdSecret }}
htpasswd_file: {{ include "ociregistry.htpasswdPath" . }}/{{ .Values.clientAuth.htpasswdKey }}
{{- end }}
{{- if .Values.admission.enabled }}
image_validation:
  {{- toYaml .Values.admission.validation | nindent 2 }}
admission_host: ""
admission_port: {{ include "ociregistry.admissionPort" . }}
admission_tls:
  cert: {{ include "ociregistry.admissionTlsPath" . }}/tls.crt
  key: {{ include "ociregistry.admissionTlsPath" . }}/tls.key
{{- end }}
{{- end }}
{{- define "ociregistry.ownSettings" -}}
image_path host port metrics_host metrics_port health_host health_port server_tls htpasswd_file image_validation admission_host admission_port admission_tls
{{- end }}

{{/* The configuration file. */}}
{{- define "ociregistry.settings" -}}
{{- range $own := splitList " " (include "ociregistry.ownSettings" .) }}
{{- if hasKey $.Values.config $own }}
{{- fail (printf "config.%s follows from other values of this chart (persistence, service, metrics, tls, clientAuth, admission): leave it out of config" $own) }}
{{- end }}
{{- end }}
{{- range $entry := .Values.config.registries }}
{{- $auth := default dict $entry.auth }}
{{- if or (hasKey $auth "password") (hasKey $auth "token") }}
{{- fail (printf "config.registries: %v has its password in a ConfigMap, where everybody may read it; put it into secretFiles or a Secret of existingSecrets, and name it as password_file or token_file" $entry.name) }}
{{- end }}
{{- end }}
{{- toYaml (merge (include "ociregistry.derivedSettings" . | fromYaml) .Values.config) }}
{{- end }}

{{/* What the server does not re-read by itself: pods are replaced when it changes. */}}
{{- define "ociregistry.settingsThatNeedRestart" -}}
{{- omit (include "ociregistry.settings" . | fromYaml) "registries" "allow_registries" "deny_registries" | toYaml }}
{{- end }}

{{/* Whether two pods can have the cache at once: "true" or nothing. */}}
{{- define "ociregistry.shared" -}}
{{- $persistence := .Values.persistence -}}
{{- if or (ne $persistence.type "pvc") (has "ReadWriteMany" $persistence.accessModes) }}true{{ end }}
{{- end }}

{{/* Certificates: where they come from. Takes the root, and the `tls` that is meant, of the server or of the webhook. */}}
{{- define "ociregistry.certificateSecret" -}}
{{- if eq .tls.source "secret" -}}
{{- required (printf "%s.secretName is missing: which Secret has the certificate?" .values) .tls.secretName }}
{{- else -}}
{{- printf "%s-%s" (include "ociregistry.fullname" .root) .suffix }}
{{- end }}
{{- end }}
{{- define "ociregistry.tlsSecret" -}}
{{- include "ociregistry.certificateSecret" (dict "root" . "tls" .Values.tls "values" "tls" "suffix" "tls") }}
{{- end }}
{{- define "ociregistry.admissionSecret" -}}
{{- include "ociregistry.certificateSecret" (dict "root" . "tls" .Values.admission.tls "values" "admission.tls" "suffix" "admission-tls") }}
{{- end }}

{{/* The names of a Service of ours, as JSON. */}}
{{- define "ociregistry.serviceNames" -}}
{{- $service := printf "%s.%s" .service .root.Release.Namespace -}}
{{- list .service $service (printf "%s.svc" $service) (printf "%s.svc.cluster.local" $service) | toJson }}
{{- end }}
{{- define "ociregistry.tlsNames" -}}
{{- $own := include "ociregistry.serviceNames" (dict "root" . "service" (include "ociregistry.fullname" .)) | fromJsonArray -}}
{{- concat $own (list "localhost") .Values.tls.names | uniq | toJson }}
{{- end }}
{{- define "ociregistry.tlsAddresses" -}}
{{- concat (list "127.0.0.1") (.Values.service.clusterIP | list | compact) .Values.tls.addresses | uniq | toJson }}
{{- end }}

{{/*
A certificate that the chart makes, as the data of a Secret: that of the cluster, where there is one already, because
nodes and the API server believe its authority.
*/}}
{{- define "ociregistry.generatedCertificate" -}}
{{- $existing := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
{{- if and $existing (hasKey $existing.data "ca.crt") -}}
{{- pick $existing.data "ca.crt" "tls.crt" "tls.key" | toYaml }}
{{- else -}}
{{- $authority := genCA (printf "%s-ca" .secret) 3650 -}}
{{- $certificate := genSignedCert (first .names) .addresses .names 3650 $authority -}}
ca.crt: {{ b64enc $authority.Cert }}
tls.crt: {{ b64enc $certificate.Cert }}
tls.key: {{ b64enc $certificate.Key }}
{{- end }}
{{- end }}

{{/* The URL by which nodes, which do not resolve the names of Services, reach the server. */}}
{{- define "ociregistry.nodeUrl" -}}
{{- $scheme := ternary "https" "http" .Values.tls.enabled -}}
{{- if .Values.nodeMirror.server -}}
{{- .Values.nodeMirror.server }}
{{- else if and (ne .Values.service.type "ClusterIP") .Values.service.nodePort -}}
{{- printf "%s://127.0.0.1:%v" $scheme .Values.service.nodePort }}
{{- else if .Values.service.clusterIP -}}
{{- $address := .Values.service.clusterIP -}}
{{- printf "%s://%s:%v" $scheme (contains ":" $address | ternary (printf "[%s]" $address) $address) .Values.service.port }}
{{- end }}
{{- end }}

{{- define "ociregistry.mirrorNamespace" -}}
{{- default .Release.Namespace .Values.nodeMirror.namespace }}
{{- end }}
{{- define "ociregistry.mirrorCaSecret" -}}
{{- $mirror := .Values.nodeMirror -}}
{{- if eq $mirror.caSecret "none" -}}
{{- else if $mirror.caSecret -}}
{{- $mirror.caSecret }}
{{- else if .Values.tls.enabled -}}
{{- if ne (include "ociregistry.mirrorNamespace" .) .Release.Namespace -}}
{{- fail "nodeMirror.caSecret is missing: a pod in another namespace cannot read the Secret of tls; copy its ca.crt into a Secret there, or say none" }}
{{- end -}}
{{- include "ociregistry.tlsSecret" . }}
{{- end }}
{{- end }}
