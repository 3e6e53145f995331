package simserver

import (
	"math"
	"strings"
)

// candidates are the n most likely tokens where id was chosen.
func (s *Server) candidates(id, n int) []int {
	ids := []int{id}
	for k := uint64(1); len(ids) < min(n, len(s.vocab.speech)); k++ {
		if next := s.vocab.speech[(mix(uint64(id))+k)%uint64(len(s.vocab.speech))]; next != id {
			ids = append(ids, next)
		}
	}
	return ids[:min(n, len(ids))]
}

// probability is the entry of the k-th most likely token.
func (s *Server) probability(p params, id, k int, nan bool) map[string]any {
	piece := s.vocab.pieces[id]
	if id >= s.vocab.bos() {
		piece = ""
	}
	m := map[string]any{"id": id, "token": strings.ToValidUTF8(piece, "�"), "bytes": byteList(piece)}
	switch {
	case nan && p.postProbs:
		m["prob"] = nil
	case nan:
		m["logprob"] = nil
	case p.postProbs:
		m["prob"] = math.Exp(logprob(id, k))
	default:
		m["logprob"] = logprob(id, k)
	}
	return m
}
