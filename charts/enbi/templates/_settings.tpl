{{/* Generated from src/main/settings-table.ts by `npm run generate`. */}}
{{- define "enbi.settings" -}}
{{- $value := dig "nodes" "containerdSocket" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_CONTAINERD_SOCKET
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "nodes" "unpackImages" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_UNPACK_IMAGES
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "nodes" "repel" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_NODE_REPEL
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "nodes" "tolerations" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_TOLERATIONS
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "images" "openHosts" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_OPEN_IMAGE_HOSTS
  value: {{ $value | join " " | quote }}
{{- end }}
{{- $value := dig "nodes" "refuseVulnerable" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_REFUSE_VULNERABLE_NODES
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "nix" "substituters" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_SUBSTITUTERS
  value: {{ $value | join " " | quote }}
{{- end }}
{{- $value := dig "nix" "trustedPublicKeys" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_TRUSTED_PUBLIC_KEYS
  value: {{ $value | join " " | quote }}
{{- end }}
{{- $value := dig "nix" "certificateAuthorities" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_CERTIFICATE_AUTHORITIES
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "nix" "languageFeatures" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_LANGUAGE_FEATURES
  value: {{ $value | join " " | quote }}
{{- end }}
{{- $value := dig "nix" "realiseStreamScripts" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_REALISE_STREAM_SCRIPTS
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "isolation" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_ISOLATION
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "storeScope" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_STORE_SCOPE
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "timeoutSeconds" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_TIMEOUT
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "maxSilentSeconds" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_MAX_SILENT
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "jobs" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_JOBS
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "cores" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_CORES
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "resources" "requests" "cpu" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_CPU
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "resources" "limits" "cpu" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_CPU_LIMIT
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "resources" "requests" "memory" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_MEMORY
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "resources" "limits" "memory" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_MEMORY_LIMIT
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "temporaryLimit" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_TEMPORARY_LIMIT
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "importMemoryLimit" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_IMPORT_MEMORY_LIMIT
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "nodes" "agentIdle" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_AGENT_IDLE
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "idleSeconds" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILDER_IDLE
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "max" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_MAX_BUILDS
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "maxPerNode" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_MAX_BUILDS_PER_NODE
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "storeClaimSize" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_STORE_CLAIM_SIZE
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "maxAttempts" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_MAX_ATTEMPTS
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "builds" "ahead" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_BUILD_AHEAD
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "builds" "readLogs" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_READ_BUILD_LOGS
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "history" "success" "limit" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_SUCCESS_HISTORY_LIMIT
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "history" "success" "age" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_SUCCESS_HISTORY_AGE
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "history" "success" "jobTtlSeconds" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_JOB_TTL_AFTER_SUCCESS
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "history" "failure" "limit" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_FAILURE_HISTORY_LIMIT
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "history" "failure" "age" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_FAILURE_HISTORY_AGE
  value: {{ $value | quote }}
{{- end }}
{{- $value := dig "leaseDurationSeconds" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_LEASE_DURATION
  value: {{ $value | int64 | quote }}
{{- end }}
{{- $value := dig "logLevel" nil .Values.AsMap }}
{{- if not (kindIs "invalid" $value) }}
- name: ENBI_LOG_LEVEL
  value: {{ $value | quote }}
{{- end }}
{{- end }}
