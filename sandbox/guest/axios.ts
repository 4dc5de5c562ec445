/** `context.axios`: the axios package over the platform's HTTP, with the defaults, retries and errors of data-fair/processings. */
import axios, { type AxiosError, type AxiosInstance, type InternalAxiosRequestConfig } from 'axios'
import axiosRetry, { isNetworkOrIdempotentRequestError } from 'axios-retry'
import { createAdapter } from './axios-adapter.ts'
import { getHttpErrorMessage, prepareAxiosError } from './http-error.ts'
import { writeLine } from './log.ts'

const RETRIES = 3
/** Refused by the platform's own rules, where asking again would be refused again, and what the plugin itself has cancelled. */
const NEVER_RETRIED = new Set(['network-denied', 'network-limit', 'plugin-unsupported', 'message-too-large', 'ERR_CANCELED'])

/** `dataFairUrl`: base of relative URLs, without a slash at its end; empty when there is none. */
export function createAxios (dataFairUrl: string): AxiosInstance {
  const instance = axios.create({ maxRedirects: 0, adapter: createAdapter() })
  instance.interceptors.request.use(config => withAbsoluteUrl(config, dataFairUrl))
  axiosRetry(instance, {
    retries: RETRIES,
    retryDelay: axiosRetry.exponentialDelay,
    shouldResetTimeout: true,
    retryCondition: error => !NEVER_RETRIED.has(`${error.code}`) && isNetworkOrIdempotentRequestError(error),
    onRetry: (count, error, { method, url }) => {
      writeLine('warning', `tentative ${count} de requête ${method} ${url} : ${retryMessage(error, dataFairUrl)}`, '')
    }
  })
  return instance
}

function withAbsoluteUrl (config: InternalAxiosRequestConfig, dataFairUrl: string): InternalAxiosRequestConfig {
  const { url, baseURL } = config
  if (url === undefined || url === '') throw new Error('missing url in axios request')
  if (/^[a-z][a-z\d+.-]*:/i.test(url) || (baseURL !== undefined && baseURL !== '')) return config
  if (dataFairUrl === '') throw new Error(`the URL ${url} is relative, and this platform is not connected to a data-fair`)
  config.url = dataFairUrl.replace(/\/$/, '') + (url.startsWith('/') ? url : `/${url}`)
  return config
}

/** The response of the error is left as it is: the plugin may still look at it. */
function retryMessage (error: AxiosError, dataFairUrl: string): string {
  const { response, config, message } = error
  const shaped = response === undefined ? error : prepareAxiosError({ response: { ...response }, config, message })
  return getHttpErrorMessage(shaped, [dataFairUrl]) ?? error.message
}
