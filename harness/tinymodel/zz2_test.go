package tinymodel
import ("testing";"strings";"os")
func enc(w string) []string { p:=strings.Split("Ġ"+w,""); for _,m:=range merges() { l,r,_:=strings.Cut(m," "); p=join(p,[2]string{l,r}) }; return p }
func TestZY(t *testing.T){ b,_:=os.ReadFile("testdata/words.txt"); h:=map[int]int{}; for _,w:=range strings.Fields(string(b)) { h[len(enc(w))]++ }; t.Log(h)
for _,w:=range strings.Fields("contexttoken opt stability extraordinary government mountains yesterday elephants configuration quickly jumped programming deterministic lantern harbour") { t.Log(enc(w)) } }
