/** The tests of `events`, which are Node's own. Its index replaces `require`, which no bundler can follow: this is the same list, each file a test. */
const tape = require('tape')
require('events/tests/legacy-compat.js')
const common = require('events/tests/common.js')

const files = {
  'add-listeners': () => require('events/tests/add-listeners.js'),
  'check-listener-leaks': () => require('events/tests/check-listener-leaks.js'),
  errors: () => require('events/tests/errors.js'),
  'events-list': () => require('events/tests/events-list.js'),
  'events-once': () => require('events/tests/events-once.js'),
  'listener-count': () => require('events/tests/listener-count.js'),
  'listeners-side-effects': () => require('events/tests/listeners-side-effects.js'),
  listeners: () => require('events/tests/listeners.js'),
  'max-listeners': () => require('events/tests/max-listeners.js'),
  'method-names': () => require('events/tests/method-names.js'),
  'modify-in-emit': () => require('events/tests/modify-in-emit.js'),
  'num-args': () => require('events/tests/num-args.js'),
  once: () => require('events/tests/once.js'),
  prepend: () => require('events/tests/prepend.js'),
  'set-max-listeners-side-effects': () => require('events/tests/set-max-listeners-side-effects.js'),
  'special-event-names': () => require('events/tests/special-event-names.js'),
  subclass: () => require('events/tests/subclass.js'),
  symbols: () => require('events/tests/symbols.js'),
  'remove-all-listeners': () => require('events/tests/remove-all-listeners.js'),
  'remove-listeners': () => require('events/tests/remove-listeners.js')
}

for (const [name, load] of Object.entries(files)) {
  tape(name, t => {
    t.on('end', () => { delete common.test })
    common.test = t
    let loaded
    try {
      loaded = load()
      t.pass('loads')
    } catch (error) {
      t.fail(error)
    }
    if (typeof loaded?.then === 'function') loaded.then(() => t.end(), t.fail)
    else t.end()
  })
}
