import { Api } from 'openline';

/** The server that this page came from. */
export const server = new Api();
