/** Copied to an app's packages, because an import finds only those beside it. @param {string} name */
export const load = (name) => import(name)
