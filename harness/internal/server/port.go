package server

// CheckPort is a [*PortError] when somebody listens on the port of the loopback, else nil.
func CheckPort(port int) error { return choosePort(&Options{Port: port}) }
