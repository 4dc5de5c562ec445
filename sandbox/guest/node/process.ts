/** `process`: the very global. */
export default Reflect.get(globalThis, 'process') as object
