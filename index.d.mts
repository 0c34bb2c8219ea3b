import * as entra from './index.js'

export * from './index.js'
export default entra
