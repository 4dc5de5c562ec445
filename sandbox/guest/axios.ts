/** `context.axios`: the axios package over the platform's HTTP, with the defaults, retries and errors of data-fair/processings. */
import axios, { type AxiosError, type AxiosInstance, type InternalAxiosRequestConfig } from 'axios'
import axiosRetry, { isNetworkOrIdempotentRequestError } from 'axios-retry'
import { createAdapter } from './axios-adapter.ts'
import { getHttpErrorMessage, prepareAxiosError } from './http-error.ts'
import { writeLine } from './log.ts'

const RETRIES = 3
/**
 * Codes of what may be well a moment later: failures of connections, names and parsers. Not those of a request that is wrong (ERR_…), of
 * certificates, and of the platform's own refusals (`network-denied`…): asking again brings the same answer.
 */
const PASSING = /^(?!ERR_)(E[A-Z]|HPE_|Z_)/

// the bundler has given them others
for (const name of ['AxiosError', 'AxiosHeaders', 'CanceledError', 'CancelToken'] as const) Object.defineProperty(axios[name], 'name', { value: name, configurable: true })

/** `dataFairUrl`: base of relative URLs, without a slash at its end; empty when there is none. */
export function createAxios (dataFairUrl: string): AxiosInstance {
  const instance = axios.create({ maxRedirects: 0, adapter: createAdapter() })
  instance.interceptors.request.use(config => withAbsoluteUrl(config, dataFairUrl))
  axiosRetry(instance, {
    retries: RETRIES,
    retryDelay: axiosRetry.exponentialDelay,
    shouldResetTimeout: true,
    retryCondition: error => canPass(error) && isNetworkOrIdempotentRequestError(error),
    onRetry: (attempt, error, { method, url }) => writeLine('warning', retryMessage(error, dataFairUrl), { attempt, method, url }, 'http-retry')
  })
  return instance
}

/** axios-retry's own rule also counts as failures of the network what never left: Node's axios throws those before it asks for a retry. */
function canPass ({ config, response, code }: AxiosError): boolean {
  if (isStream(config?.data)) return false // it has been read: it cannot be sent again
  return response !== undefined || PASSING.test(`${code}`)
}

function isStream (data: unknown): boolean {
  return typeof data === 'object' && data !== null && ('pipe' in data || 'getReader' in data)
}

function withAbsoluteUrl (config: InternalAxiosRequestConfig, dataFairUrl: string): InternalAxiosRequestConfig {
  const { url, baseURL } = config
  if (url === undefined || url === '') throw new Error('missing url in axios request')
  if (/^[a-z][a-z\d+.-]*:/i.test(url) || (baseURL !== undefined && baseURL !== '')) return config
  if (dataFairUrl === '') return config // there is no data-fair: the broker says so, in the reader's language
  config.url = dataFairUrl.replace(/\/$/, '') + (url.startsWith('/') ? url : `/${url}`)
  return config
}

/** The response of the error is left as it is: the plugin may still look at it. */
function retryMessage (error: AxiosError, dataFairUrl: string): string {
  const { response, config, message } = error
  const shaped = response === undefined ? error : prepareAxiosError({ response: { ...response }, config, message })
  return getHttpErrorMessage(shaped, [dataFairUrl]) ?? error.message
}
