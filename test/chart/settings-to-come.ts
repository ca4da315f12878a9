// Settings that the chart makes and that other branches bring: empty, and to be removed, when they are merged.

export const settingsToCome: readonly string[] = [
  ...['health_host', 'health_port', 'server_tls', 'htpasswd_file', 'shutdown_delay'],
  ...['image_validation', 'admission_host', 'admission_port', 'admission_tls'],
];
