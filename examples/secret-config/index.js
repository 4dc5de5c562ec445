const MASK = '********'

/**
 * Called each time the processing is saved, before it is stored. A new token goes to the secrets and is masked in the
 * configuration; the mask means "as it was"; an empty text deletes the secret.
 */
exports.prepare = async ({ processingConfig, secrets }) => {
  const { token } = processingConfig
  if (token === MASK) return {}
  if (!token) return { processingConfig, secrets: without(secrets, 'token') }
  return { processingConfig: { ...processingConfig, token: MASK }, secrets: { ...secrets, token } }
}

exports.run = async ({ processingConfig, secrets, axios, log }) => {
  await log.step('Secret')
  if (!secrets.token) throw new Error('No token is set: open the processing and give one.')
  await log.info(`The configuration holds ${processingConfig.token}, the token itself has ${secrets.token.length} characters`)

  if (!processingConfig.url) return
  await log.step('Call')
  const { status } = await axios.get(processingConfig.url, { headers: { authorization: `Bearer ${secrets.token}` } })
  await log.info(`The token is accepted by ${processingConfig.url} (status ${status})`)
}

function without (object, key) {
  const { [key]: _left, ...rest } = object
  return rest
}
