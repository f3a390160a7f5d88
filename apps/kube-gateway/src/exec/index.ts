export { channelProtocols } from './channels.js';
export { defaultExecLimits, type ExecLimits } from './exec-limits.js';
export type { ChannelMasker, ExecTunnel, ExecUpgrade, StatusAnswer, UpstreamRequest } from './exec-ports.js';
export { clientKey, HandshakeError, wholeAnswer } from './handshake.js';
export { upgradeExec } from './upgrade-exec.js';
