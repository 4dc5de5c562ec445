import type { Snippets } from '../snippet.ts'

const MEMBERS = 'isArgumentsObject isArrayBuffer isAsyncFunction isBigIntObject isBooleanObject isDate isGeneratorFunction isGeneratorObject isMap isMapIterator isNativeError isNumberObject isPromise isRegExp isSet isSetIterator isStringObject isSymbolObject isWeakMap isWeakSet isAnyArrayBuffer isBoxedPrimitive isArrayBufferView isDataView isTypedArray isUint8Array isUint8ClampedArray isUint16Array isUint32Array isInt8Array isInt16Array isInt32Array isFloat16Array isFloat32Array isFloat64Array isBigInt64Array isBigUint64Array isKeyObject isCryptoKey isExternal isSharedArrayBuffer isModuleNamespaceObject'

export default [
  {
    members: MEMBERS,
    run (types, require) {
      const buffer = new ArrayBuffer(8)
      const lies = { [Symbol.toStringTag]: 'Map', size: 1 }
      const values: Record<string, unknown> = {
        undefined,
        null: null,
        number: 1,
        text: 'x',
        object: {},
        array: [],
        function () {},
        async: async () => {},
        generator: function * () {},
        asyncGenerator: async function * () {},
        running: (function * () {})(),
        arguments: (function () { return arguments })(),
        date: new Date(0),
        regexp: /x/,
        error: new TypeError(),
        thrown: new DOMException('x'),
        promise: Promise.resolve(),
        thenable: { then () {} },
        map: new Map(),
        set: new Set(),
        weakMap: new WeakMap(),
        weakSet: new WeakSet(),
        mapIterator: new Map().entries(),
        setIterator: new Set().values(),
        lies,
        inherited: Object.create(Map.prototype),
        boxedNumber: Object(1),
        boxedText: Object('x'),
        boxedBoolean: Object(true),
        boxedSymbol: Object(Symbol('x')),
        boxedBigint: Object(1n),
        buffer,
        view: new DataView(buffer),
        nodeBuffer: Buffer.from('x'),
        key: require('crypto').createSecretKey(Buffer.from('k')),
        ...Object.fromEntries([Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, Int8Array, Int16Array, Int32Array, Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array].map(kind => [kind.name, new (kind as any)(1)]))
      }
      const names = Object.keys(types).filter(name => name !== 'isProxy').sort()
      return Object.entries(values).map(([kind, value]) => [kind, names.filter(name => types[name](value))])
    }
  },
  { members: 'isProxy', run: types => types.isProxy(new Proxy({}, {})), differs: 'false for a Proxy: the language cannot tell' }
] satisfies Snippets
