import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';

/** The certificate that a server shows to whoever connects, whoever signed it. */
export const served = (host: string, port: number): Promise<X509Certificate> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw));
      socket.end();
    });
    socket.setTimeout(5000, () => socket.destroy(new Error(`no answer from ${host}:${port}`)));
    socket.on('error', reject);
  });
