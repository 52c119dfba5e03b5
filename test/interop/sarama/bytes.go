package main

import "encoding/base64"

// Bytes are in base64 on the way, and none at all are null.

func unpack(text *string) []byte {
	if text == nil {
		return nil
	}
	bytes, err := base64.StdEncoding.DecodeString(*text)
	if err != nil {
		panic(err)
	}
	return bytes
}

func pack(bytes []byte) *string {
	if bytes == nil {
		return nil
	}
	text := base64.StdEncoding.EncodeToString(bytes)
	return &text
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
