/** How a caller says who he is. */
export const securitySchemes = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description: { en: 'The key of the super-admin (in `DATA_DIR/admin-key`), or an API key of an account.', fr: 'La clé du super-administrateur (dans `DATA_DIR/admin-key`), ou une clé d\'API d\'un compte.' }
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'id_token',
    description: { en: 'A session of simple-directory, with the cookies that go with it.', fr: 'Une session de simple-directory, avec les cookies qui l\'accompagnent.' }
  },
  secretKeyHeader: { type: 'apiKey', in: 'header', name: 'x-secret-key', description: { en: 'The secret of a service of the platform.', fr: 'Le secret d\'un service de la plateforme.' } },
  secretKeyQuery: { type: 'apiKey', in: 'query', name: 'key', description: { en: 'The same, in the address, as data-fair/processings has it.', fr: 'Le même, dans l\'adresse, comme data-fair/processings.' } },
  webhookKeyHeader: { type: 'apiKey', in: 'header', name: 'x-webhook-key', description: { en: 'The webhook key of the processing.', fr: 'La clé de webhook du traitement.' } },
  webhookKeyQuery: { type: 'apiKey', in: 'query', name: 'key', description: { en: 'The same, in the address: it is then kept in logs on the way.', fr: 'La même, dans l\'adresse : elle reste alors dans les journaux en chemin.' } }
} as const

/** Parameters that the document shows as a means to say who calls. */
export function isCredential (schemes: readonly string[], place: string, name: string): boolean {
  return Object.entries(securitySchemes).some(([scheme, rule]) => schemes.includes(scheme) && 'in' in rule && rule.in === place && rule.name === name)
}
