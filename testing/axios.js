/** `context.axios` of a test: relative addresses and the key go to data-fair, redirects are not followed, a failed request rejects with its response. */
import axios from 'axios'

export function createAxios ({ dataFairUrl = '', dataFairAPIKey } = {}) {
  const base = dataFairUrl.replace(/\/$/, '')
  const instance = axios.create({ maxRedirects: 0 })
  instance.interceptors.request.use(config => {
    config.url = absolute(config, base)
    if (base !== '' && dataFairAPIKey !== undefined && isBelow(config.url, base)) config.headers.set('x-apiKey', dataFairAPIKey)
    return config
  })
  instance.interceptors.response.use(undefined, error => Promise.reject(error.response === undefined ? error : readable(error)))
  return instance
}

function absolute ({ url, baseURL }, base) {
  if (!url) throw new Error('missing url in axios request')
  if (/^[a-z][a-z\d+.-]*:/i.test(url) || baseURL) return url
  if (base === '') throw new Error(`the URL ${url} is relative, and the test was given no dataFairUrl`)
  return `${base}${url.startsWith('/') ? '' : '/'}${url}`
}

/** The key is for data-fair alone: an address that merely begins alike gets none. */
function isBelow (url, base) {
  return url === base || url.startsWith(`${base}/`)
}

/**
 * The error that the plugin catches: with `response` as axios gives it, and beside it the fields of the response, which older plugins
 * read from the error itself.
 */
function readable (error) {
  const { status, statusText, data, headers, config } = error.response
  const shown = { method: config.method, url: config.url, params: config.params }
  delete error.response.request // sockets: they make a stack unreadable
  delete error.request
  return Object.assign(error, { status, statusText, data, headers, config: shown })
}
