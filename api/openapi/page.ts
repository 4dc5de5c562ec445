/** The page on which a person reads the document. Everything that it needs comes from here: no other host is asked. */
import type { Call } from '../routes/route.ts'
import { referenceScript as makeReferenceScript } from './reference-script.ts'

/** The reference puts styles into the page as it goes; scripts are our two files alone. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** Relative addresses: the page works behind any prefix. */
const page = (locale: string): string => `<!doctype html>
<html lang="${locale}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Vivarium: API</title>
  <link rel="icon" href="data:,">
</head>
<body>
  <div id="reference"></div>
  <script src="api-docs/scalar.js"></script>
  <script src="api-docs/start.js"></script>
</body>
</html>
`

/** Neither fonts nor proxies nor assistants of Scalar. */
const start = `const processing = new URLSearchParams(location.search).get('processing')
const own = 'api/v1/processings/' + encodeURIComponent(processing) + '/api-docs.json'
Scalar.createApiReference('#reference', {
  url: new URL(processing === null ? 'api-docs/openapi.json' : own, location.href).href,
  withDefaultFonts: false,
  telemetry: false,
  persistAuth: false,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never'
})
`

export function documentationPage ({ ctx }: Call<undefined>): string {
  ctx.set('Content-Security-Policy', PAGE_POLICY)
  return page(ctx.state.locale)
}

export function startScript (): string {
  return start
}

/** Kept by browsers, which ask whether it is still the same. */
export async function referenceScript ({ ctx }: Call<undefined>): Promise<Buffer | undefined> {
  const { text, gzipped, etag } = await makeReferenceScript()
  ctx.set({ 'Cache-Control': 'no-cache', ETag: etag, Vary: 'Accept-Encoding' })
  if (ctx.fresh) {
    ctx.status = 304
    return undefined
  }
  if (ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') return text
  ctx.set('Content-Encoding', 'gzip')
  return gzipped
}
