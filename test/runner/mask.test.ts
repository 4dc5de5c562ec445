import assert from 'node:assert/strict'
import { createMask, noMask } from '../../runner/mask.ts'

const STARS = '********'
const PASSWORD = 'p@ss "wörd"/+ 42'

describe('the mask of secrets', () => {
  const { text, value } = createMask([PASSWORD, 'hunter2000', '12345678'])

  it('takes a value out of a text, each time', () => {
    assert.equal(text(`a ${PASSWORD} and ${PASSWORD}, hunter2000.`), `a ${STARS} and ${STARS}, ${STARS}.`)
    assert.equal(text('nothing of it: hunter200'), 'nothing of it: hunter200')
  })

  for (const [what, spelled] of Object.entries({
    'in JSON': JSON.stringify(PASSWORD).slice(1, -1),
    'in a URL': encodeURIComponent(PASSWORD),
    'in a URL with small digits': encodeURIComponent(PASSWORD).replaceAll(/%../g, code => code.toLowerCase()),
    'in a form': new URLSearchParams({ p: PASSWORD }).toString().slice(2),
    'in Base64': Buffer.from(PASSWORD).toString('base64'),
    'in Base64 without padding': Buffer.from(PASSWORD).toString('base64').replaceAll('=', ''),
    'in Base64 for URLs': Buffer.from(PASSWORD).toString('base64url')
  })) {
    it(`takes it out as it is written ${what}`, () => assert.equal(text(`<${spelled}>`), `<${STARS}>`))
  }

  for (const user of ['', 'u', 'me', 'ada']) {
    it(`takes it out of Basic credentials of the user "${user}"`, () => {
      const sent = Buffer.from(`${user}:hunter2000`).toString('base64')
      const left = text(`Basic ${sent}`)
      assert.ok(left.includes(STARS), left)
      const known = Buffer.from(left.replace('Basic ', '').replace(STARS, ''), 'base64').toString('latin1')
      assert.ok(!known.includes('unter') && !known.includes('2000'), known)
    })
  }

  it('goes through a whole value: texts, names, numbers, lists', () => {
    assert.deepEqual(value({ url: `https://x.y/?key=${encodeURIComponent(PASSWORD)}`, list: [1, true, null, 12345678, ['hunter2000']], hunter2000: { deep: 'x hunter2000' } }), {
      url: `https://x.y/?key=${STARS}`, list: [1, true, null, STARS, [STARS]], [STARS]: { deep: `x ${STARS}` }
    })
  })

  it('takes a longer value out as a whole when it begins with another', () => {
    assert.equal(createMask(['secret', 'secret-and-more']).text('secret-and-more secret'), `${STARS} ${STARS}`)
  })

  it('takes a value for what it is, not for a pattern', () => {
    assert.equal(createMask(['.*(a+)+$']).text('aaaa .*(a+)+$'), `aaaa ${STARS}`)
  })

  it('leaves everything alone without secrets, or when they are too short to tell', () => {
    assert.equal(createMask([]), noMask)
    assert.equal(createMask(['', 'abc']), noMask)
  })

  it('is quick with many secrets and a long text', () => {
    const many = createMask(Array.from({ length: 200 }, (_, index) => `secret-number-${index}-of-many`))
    const started = performance.now()
    many.text('a text of some length '.repeat(50_000))
    assert.ok(performance.now() - started < 2000)
  })
})
