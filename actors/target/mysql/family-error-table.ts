import type { ErrorTable } from '../error-table.ts';

/** Numbers that mean the same at MariaDB and at MySQL: those below 1900, which both have from their common past. */
export const FAMILY_ERRORS: ErrorTable<number> = {
  ERG_3004: [1213, 1020],
  ERG_3005: [1205],
  ERG_3006: [1317, 1028],
  ERG_3007: [1290, 1836, 1792, 1874],
  ERG_3008: [1040, 1203, 1226],
  ERG_3009: [1021, 1114, 1030],
  ERG_3201: [1406],
  ERG_3202: [1264, 1690],
  ERG_3203: [1265, 1292, 1366, 1367, 1411, 1416, 1525],
  ERG_3204: [1048, 1364, 1242],
  ERG_3206: [1216, 1217, 1451, 1452],
  ERG_3207: [1022, 1062, 1169, 1586],
  ERG_3208: [1118, 1369, 1393, 1394, 1442, 1526, 1571, 1644, 1748],
  ERG_3305: [1153, 1301],
  ERG_3401: [1054, 1136, 1412, 1110],
  ERG_3402: [1146, 1051],
  ERG_3501: [1142, 1143, 1044, 1095, 1227, 1370, 1410],
  ERG_3502: [1045, 1049, 1129, 1130, 1251, 1698, 1820, 1862],
  ERG_3507: [1210, 1295, 1419, 1665],
  ERG_3901: [1064, 1149, 1390, 1065, 1111],
};

/** The session is over: the server ended it or the network did. 1180: a commit failed half-way. 2006 up: of clients. */
export const FAMILY_SESSION_LOST: readonly number[] = [
  1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 2006, 2013, 2055,
];
