{{/* The pod of the server, for whichever kind of workload has it. */}}
{{- define "ociregistry.podTemplate" -}}
metadata:
  annotations:
    # Registries are reloaded while the server runs; other settings take new pods.
    checksum/settings: {{ include "ociregistry.settingsThatNeedRestart" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "ociregistry.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "ociregistry.serviceAccountName" . }}
  # It never asks the API server anything.
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  containers:
    - name: ociregistry
      image: {{ include "ociregistry.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve, --config-path, {{ include "ociregistry.configPath" . }}/config.yaml]
      {{- with .Values.env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: registry
          containerPort: {{ include "ociregistry.port" . }}
        - name: metrics
          containerPort: {{ include "ociregistry.metricsPort" . }}
        - name: health
          containerPort: {{ include "ociregistry.healthPort" . }}
        {{- if .Values.admission.enabled }}
        - name: admission
          containerPort: {{ include "ociregistry.admissionPort" . }}
        {{- end }}
      # It is alive from the first moment, also while it indexes a large cache, and ready when it has.
      livenessProbe:
        httpGet: { path: {{ include "ociregistry.livePath" . }}, port: health }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: {{ include "ociregistry.readyPath" . }}, port: health }
        periodSeconds: 5
        timeoutSeconds: 3
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      volumeMounts:
        - name: cache
          mountPath: {{ include "ociregistry.imagePath" . }}
        # Whole directories: what is mounted with a subPath never changes.
        - name: config
          mountPath: {{ include "ociregistry.configPath" . }}
          readOnly: true
        {{- if .Values.secretFiles }}
        - name: files
          mountPath: /etc/ociregistry/files
          readOnly: true
        {{- end }}
        {{- range $at, $name := .Values.existingSecrets }}
        - name: secret-{{ $at }}
          mountPath: /etc/ociregistry/secrets/{{ $name }}
          readOnly: true
        {{- end }}
        {{- if .Values.tls.enabled }}
        - name: tls
          mountPath: {{ include "ociregistry.tlsPath" . }}
          readOnly: true
        {{- end }}
        {{- if .Values.clientAuth.htpasswdSecret }}
        - name: htpasswd
          mountPath: {{ include "ociregistry.htpasswdPath" . }}
          readOnly: true
        {{- end }}
        {{- if .Values.admission.enabled }}
        - name: admission-tls
          mountPath: {{ include "ociregistry.admissionTlsPath" . }}
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    {{- if eq .Values.persistence.type "hostPath" }}
    - name: cache
      hostPath:
        path: {{ .Values.persistence.hostPath }}
        # Made by the kubelet it would be root's, and the server could not write to it.
        type: Directory
    {{- else if eq .Values.persistence.type "emptyDir" }}
    - name: cache
      {{- with .Values.persistence.emptyDirSizeLimit }}
      emptyDir: { sizeLimit: {{ . }} }
      {{- else }}
      emptyDir: {}
      {{- end }}
    {{- else if .Values.persistence.existingClaim }}
    - name: cache
      persistentVolumeClaim: { claimName: {{ .Values.persistence.existingClaim }} }
    {{- else if eq .Values.kind "Deployment" }}
    - name: cache
      persistentVolumeClaim: { claimName: {{ include "ociregistry.fullname" . }} }
    {{- end }}
    - name: config
      configMap:
        name: {{ include "ociregistry.fullname" . }}
    {{- if .Values.secretFiles }}
    - name: files
      secret: { secretName: {{ include "ociregistry.fullname" . }}-files, defaultMode: 0440 }
    {{- end }}
    {{- range $at, $name := .Values.existingSecrets }}
    - name: secret-{{ $at }}
      secret: { secretName: {{ $name }}, defaultMode: 0440 }
    {{- end }}
    {{- if .Values.tls.enabled }}
    - name: tls
      secret: { secretName: {{ include "ociregistry.tlsSecret" . }}, defaultMode: 0440 }
    {{- end }}
    {{- with .Values.clientAuth.htpasswdSecret }}
    - name: htpasswd
      secret: { secretName: {{ . }}, defaultMode: 0440 }
    {{- end }}
    {{- if .Values.admission.enabled }}
    - name: admission-tls
      secret: { secretName: {{ include "ociregistry.admissionSecret" . }}, defaultMode: 0440 }
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* What a claim for a cache says. */}}
{{- define "ociregistry.claimSpec" -}}
accessModes:
  {{- toYaml .Values.persistence.accessModes | nindent 2 }}
{{- with .Values.persistence.storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .Values.persistence.size }}
{{- end }}
