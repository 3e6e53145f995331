package tinymodel
import ("testing";"os")
func TestZZ(t *testing.T){ d:=os.Getenv("TMOUT"); if d=="" {t.Skip()}
 for _,f:=range Families(){ for _,e:=range []int{32,64} { o:=Options{Family:f,Seed:1,Embd:e}; p,err:=Cached(d,o); if err!=nil{t.Fatal(err)}; s,_:=os.Stat(p); t.Log(p,s.Size())}}}
