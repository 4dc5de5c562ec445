/** Whether a file is of the package undici, which is given connections that speak HTTP (undici-net.ts). `path`: with `/`, absolute or of the package. */
export function isOfUndici (path: string): boolean {
  return /(?:^|\/)node_modules\/undici\//.test(path)
}
