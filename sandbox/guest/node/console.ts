/** `console`: the very global. */
export default Reflect.get(globalThis, 'console') as object
