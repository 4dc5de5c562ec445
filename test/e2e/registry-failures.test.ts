import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startRegistry, type Behaviour, type TestRegistry } from '../servers/registry.ts'
import { ALICE, openTestService, type TestService } from './service.ts'

const PLUGIN = 'says-hello-1'
const dir = fileURLToPath(new URL('../fixtures/plugins/registry/says-hello', import.meta.url))
const SECRET = 'registry-secret'

type Locale = 'fr' | 'en'
const LOCALES: readonly Locale[] = ['fr', 'en']

interface Failure {
  readonly fail: (registry: TestRegistry) => Promise<void>
  readonly heal?: (registry: TestRegistry) => Promise<void>
  readonly code: string
  readonly text: Readonly<Record<Locale, string>>
  /** Requests of one run. */
  readonly requests: number
}

const GONE = {
  fr: `Le plugin ${PLUGIN} n'est plus disponible (supprimé ou accès retiré).`,
  en: `The plugin ${PLUGIN} is no longer available (deleted, or access revoked).`
}
const UNAVAILABLE = {
  fr: 'Le registre des plugins est temporairement indisponible. Nouvel essai à la prochaine exécution ; rien n\'a été lancé.',
  en: 'The plugin registry is temporarily unavailable. Nothing was started; the next run will try again.'
}
const REFUSED = {
  fr: 'Le registre des plugins refuse cette plateforme. Un administrateur doit vérifier sa configuration.',
  en: 'The plugin registry refuses this platform. An administrator must check its configuration.'
}
const damaged = (fr: string, en: string): Failure['text'] => ({
  fr: `L'archive du plugin ${PLUGIN} est abîmée (${fr}). Demandez à son éditeur de la republier.`,
  en: `The archive of the plugin ${PLUGIN} is damaged (${en}). Ask its publisher to publish it again.`
})
const behaves = (behaviour: Behaviour): Failure['fail'] => async registry => await registry.set(PLUGIN, { dir, behaviour })

const failures: Readonly<Record<string, Failure>> = {
  'answers 404': {
    fail: async registry => await registry.set(PLUGIN, undefined),
    code: 'plugin-not-found',
    text: {
      fr: `${GONE.fr} Le registre ne connaît plus ce plugin : demandez à son éditeur de le republier, ou choisissez-en un autre.`,
      en: `${GONE.en} The registry does not know it any more: ask its publisher to publish it again, or choose another one.`
    },
    requests: 2 // the second makes sure that no other protocol is spoken
  },
  'answers 403': {
    fail: async registry => await registry.set(PLUGIN, { dir, access: [{ type: 'user', id: 'somebody-else' }] }),
    code: 'plugin-forbidden',
    text: {
      fr: `${GONE.fr} Le compte Alice n'y a pas accès : demandez l'accès à un administrateur du registre.`,
      en: `${GONE.en} The account Alice has no access to it: ask an administrator of the registry for access.`
    },
    requests: 1
  },
  'answers 401': { fail: behaves({ kind: 'status', status: 401 }), code: 'registry-misconfigured', text: REFUSED, requests: 1 },
  'answers 500': { fail: behaves({ kind: 'status', status: 500 }), code: 'registry-unavailable', text: UNAVAILABLE, requests: 3 },
  'answers 429': { fail: behaves({ kind: 'status', status: 429 }), code: 'registry-unavailable', text: UNAVAILABLE, requests: 3 },
  'answers 429 and asks for 3 seconds, which it is given': { fail: behaves({ kind: 'status', status: 429, retryAfter: '3' }), heal: async () => await setTimeout(3_100), code: 'registry-unavailable', text: UNAVAILABLE, requests: 1 },
  'refuses connections': { fail: async registry => await registry.down(), heal: async registry => await registry.up(), code: 'registry-unavailable', text: UNAVAILABLE, requests: 0 },
  'sends half of the archive': { fail: behaves({ kind: 'truncate', bytes: 200 }), code: 'plugin-corrupt', text: damaged('elle est tronquée : moins que les {bytes} octets annoncés sont arrivés', 'the archive is cut: fewer than the announced {bytes} bytes arrived'), requests: 2 },
  'sends a page of HTML': {
    fail: behaves({ kind: 'page', type: 'text/html', text: '<!doctype html><title>Sign in</title>' }),
    code: 'plugin-corrupt',
    text: damaged('une archive gzip était attendue, une page HTML ou XML est arrivée', 'a gzip archive was expected and an HTML or XML page arrived'),
    requests: 2
  }
}

describe('a registry that', function () {
  this.timeout(20_000)
  let registry: TestRegistry
  const services = {} as Record<Locale, TestService> // filled before the first test
  const processings = {} as Record<Locale, string>

  before(async () => {
    registry = await startRegistry({ secret: SECRET, artefacts: { [PLUGIN]: { dir } } })
    await Promise.all(LOCALES.map(async locale => {
      const service = await openTestService({ PRIVATE_REGISTRY_URL: registry.url, SECRET_REGISTRY: SECRET, LOCALE: locale })
      services[locale] = service
      processings[locale] = await service.create(PLUGIN)
    }))
  })
  after(async () => {
    await Promise.all(Object.values(services).map(async service => await service.close()))
    await registry?.close()
  })

  for (const [what, { fail, heal, code, text, requests }] of Object.entries(failures)) {
    it(`${what}: ${code}, a sentence in the language of the service, nothing started, and the next healthy run works`, async () => {
      const before = registry.requests.length
      await fail(registry)
      for (const locale of LOCALES) {
        const run = await services[locale].run(processings[locale])
        assert.equal(run.status, 'error')
        assert.equal(run.outcome.code, code)
        const wanted = new RegExp(`^${RegExp.escape(text[locale]).replaceAll(RegExp.escape('{bytes}'), '\\d+')}$`)
        assert.match(run.outcome.message, wanted)
        assert.deepEqual(run.log.map((line: { type: string, code: string }) => [line.type, line.code]), [['error', code]], 'this line alone')
        assert.match(run.log[0].msg, wanted)
        assert.equal(run.receipt.cell, undefined, 'no cell was taken')
        assert.deepEqual(run.receipt.effects, { writes: 0, configPatches: 0, mails: 0 })
      }
      assert.equal(registry.requests.length - before, requests * LOCALES.length, 'requests of the registry')

      await heal?.(registry)
      await registry.set(PLUGIN, { dir })
      for (const locale of LOCALES) {
        const run = await services[locale].run(processings[locale])
        assert.deepEqual(run.log.map(({ msg }: { msg: string }) => msg), ['hello', locale === 'fr' ? 'L\'exécution est terminée' : 'The run is finished'])
      }
    })
  }

  it('is told who asks: the secret of the platform, and the owner of the processing', () => {
    for (const { headers } of registry.requests) {
      assert.equal(headers['x-secret-key'], SECRET)
      assert.deepEqual(JSON.parse(String(headers['x-account'])), { type: ALICE.type, id: ALICE.id })
    }
  })
})
