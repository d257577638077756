# SPDX-License-Identifier: GPL-2.0-or-later
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_DRVSWAP_PACKAGE_NAME drvswap)
set(CPACK_DEBIAN_DRVSWAP_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_DRVSWAP_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DRVSWAP_PACKAGE_DEPENDS "kmod, init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_DRVSWAP_PACKAGE_RECOMMENDS "initramfs-tools | dracut")
set(CPACK_DEBIAN_DRVSWAP_PACKAGE_SUGGESTS "drvswap-dkms, ethtool")
set(CPACK_COMPONENT_DRVSWAP_DESCRIPTION "swap a kernel module on a running host, or roll back\n${description_drvswap}")

set(CPACK_DEBIAN_DKMS_PACKAGE_NAME drvswap-dkms)
set(CPACK_DEBIAN_DKMS_PACKAGE_SECTION kernel)
set(CPACK_DEBIAN_DKMS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DKMS_PACKAGE_DEPENDS "dkms (>= 3.0)")
set(CPACK_DEBIAN_DKMS_PACKAGE_RECOMMENDS "drvswap")
set(CPACK_COMPONENT_DKMS_DESCRIPTION "vmxnet3 driver of drvswap, built by DKMS\n${description_dkms}")

script(${CMAKE_CURRENT_SOURCE_DIR}/deb/prerm.in deb/prerm)
script(${CMAKE_CURRENT_SOURCE_DIR}/deb/postinst deb/postinst)
script(${CMAKE_CURRENT_SOURCE_DIR}/deb/postrm deb/postrm)
script(${CMAKE_CURRENT_SOURCE_DIR}/deb/dkms-postinst.in deb-dkms/postinst)
script(${CMAKE_CURRENT_SOURCE_DIR}/deb/dkms-prerm.in deb-dkms/prerm)
file(WRITE ${scripts}/deb-dkms/conffiles
  "/etc/kernel/postinst.d/drvswap-vmxnet3\n/etc/kernel/header_postinst.d/drvswap-vmxnet3\n")
file(WRITE ${scripts}/deb/conffiles
  "/etc/kernel/postinst.d/zz-drvswap-persist\n/etc/kernel/header_postinst.d/zz-drvswap-persist\n")
set(CPACK_DEBIAN_DRVSWAP_PACKAGE_CONTROL_EXTRA
  ${scripts}/deb/prerm ${scripts}/deb/postinst ${scripts}/deb/postrm ${scripts}/deb/conffiles)
set(CPACK_DEBIAN_DKMS_PACKAGE_CONTROL_EXTRA
  ${scripts}/deb-dkms/postinst ${scripts}/deb-dkms/prerm ${scripts}/deb-dkms/conffiles)

configure_file(${CMAKE_CURRENT_SOURCE_DIR}/deb/changelog.in ${scripts}/changelog @ONLY)
foreach(component drvswap dkms)
  set(name ${CPACK_DEBIAN_DRVSWAP_PACKAGE_NAME})
  if(component STREQUAL dkms)
    set(name ${CPACK_DEBIAN_DKMS_PACKAGE_NAME})
  endif()
  compressed(${scripts}/changelog changelog.Debian ${doc}/${name} ${component})
  install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/deb/copyright DESTINATION ${doc}/${name} COMPONENT ${component})
endforeach()
