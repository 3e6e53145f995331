package faults

import "slices"

// rules are all rules. The order decides only between rules that find the same line at the same
// level: the first wins.
var rules = slices.Concat(
	dropped, hsaRules, cudaRules, vulkanRules, syclRules, syclExit, metalRules, acceleratorRules,
	amdgpuRules, intelRules, nvidiaRules, smallGPURules, hostKernelRules,
	memoryRules, loadRules, infraRules, lastWordRules, shellRules, rpcRules,
	serverRules, benignRules, restRules,
)
