package reports

import (
	"reflect"
	"slices"
	"time"

	"ctxcliff/shapes"
)

// redacted is a deep copy of a value in which every text has been redacted: first everything is read, so
// that names that stand somewhere telling are known, then everything is replaced.
func redacted[T any](r *Redactor, value T) T {
	r.done = map[string]string{}
	seen := map[string]bool{}
	copied(reflect.ValueOf(value), func(list []string) []string {
		r.learnList(list)
		for _, text := range list {
			if !seen[text] {
				seen[text] = true
				r.learn(text)
			}
		}
		return list
	})
	return copied(reflect.ValueOf(value), r.list).Interface().(T)
}

var (
	timeType  = reflect.TypeFor[time.Time]()
	shapeType = reflect.TypeFor[shapes.Shape]()
)

// copied is a deep copy in which f stands for every list of texts; a single text is a list of one.
func copied(v reflect.Value, f func([]string) []string) reflect.Value {
	to := reflect.New(v.Type()).Elem()
	switch {
	case v.Type() == timeType:
		return v
	case v.Type() == shapeType:
		return copiedShape(v, f)
	case v.Kind() == reflect.String:
		to.SetString(f([]string{v.String()})[0])
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[string]():
		if list := v.Convert(reflect.TypeFor[[]string]()).Interface().([]string); list != nil {
			to.Set(reflect.ValueOf(slices.Clone(f(list))).Convert(v.Type()))
		}
	case v.Kind() == reflect.Slice && !v.IsNil():
		to.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			to.Index(i).Set(copied(v.Index(i), f))
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		to.Set(reflect.New(v.Type().Elem()))
		to.Elem().Set(copied(v.Elem(), f))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			to.Field(i).Set(copied(v.Field(i), f))
		}
	default:
		return v
	}
	return to
}

// copiedShape goes by the shape's text. Where that would no longer be a shape it is opt: nothing else
// could be shown of it either.
func copiedShape(v reflect.Value, f func([]string) []string) reflect.Value {
	s := v.Interface().(shapes.Shape)
	text := f([]string{s.String()})[0]
	if text == s.String() {
		return v
	}
	parsed, err := shapes.Parse(text)
	if err != nil {
		parsed, _ = shapes.Parse("opt") // a constant that parses
	}
	return reflect.ValueOf(parsed)
}
